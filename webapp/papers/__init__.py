"""Tables and figures as the papers have them, of the user's own runs: RPT's Table 2, RLPT's three panels."""
