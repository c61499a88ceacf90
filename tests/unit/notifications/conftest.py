from tests.mails.fixtures import smtp, trial

__all__ = ["smtp", "trial"]
