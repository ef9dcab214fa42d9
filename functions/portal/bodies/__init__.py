"""What goes over the wire: the bodies that the API takes and gives, as its OpenAPI document shows them."""
