"""The shop's pages: rendered and compressed when the image is built, served when it runs."""
