"""What happens when an application starts on a database that is empty, behind or ahead."""
