"""The machinery of law as data: rules under their sentence, dated parameters. No business."""
