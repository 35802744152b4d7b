"""What would decide it: questions with a control each, and answers as FHIR read with the chart.

Out: `gaps` takes what is missing from the determination, `grouping` puts it below headings,
`controls` and `choices` make a question of each, and `questions` is all of it. `unanswered` and
`visit_reasons` say what stood in the record before, and why a visit took place.

Back in: `answers` makes documents of what was entered, `amending` writes what is said of the person
or of a visit into the chart's own resource.
"""
