"""What people and the timetable do with the inventory."""
