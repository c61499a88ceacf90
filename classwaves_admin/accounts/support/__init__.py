"""Support access: ClassWaves sees a district's student data only within hours that the district has granted."""
