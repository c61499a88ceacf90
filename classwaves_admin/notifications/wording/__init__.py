"""What a school may word of the portal's mails: slots, faults, markup, and the texts that come with the portal."""
