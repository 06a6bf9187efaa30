"""One widget a file: state in, messages out."""
