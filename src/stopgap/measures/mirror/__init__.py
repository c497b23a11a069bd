"""Both reports of one trade compared: gaps, CIF/FOB markup, phantom trade, reporters' quality."""
