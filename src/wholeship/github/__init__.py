"""The one room where GitHub is spoken: workflow files, expressions, actions, export."""
