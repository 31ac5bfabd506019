"""The intermediate form between the models and everything derived from them."""
