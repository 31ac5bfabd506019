"""The dataset in the formats of other programs: spreadsheets, Stata, SPSS, R, SQL."""
