"""The pages of the service: what people open in a browser. They run no script and load nothing."""
