"""What the pages, mails and jobs of consent read. All run inside the caller's scope."""
