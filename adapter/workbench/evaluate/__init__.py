"""The determination view: a chart, a plan and a day in; what holds, why, and what to ask out.

`pages` takes the question (`asked`) and renders the answer (`results`):

- `headline`, `glance`: what is said first, and the nine populations in a row each;
- `reasons`: each criterion beside the entry of the chart that decided it;
- `questions`: what would decide it, and what answers become;
- `timeline`: visits and the windows that were counted;
- `comparison`, `deciding`: the same by the texts of all plans, and what made the difference;
- `people`: whom to ask about, where a file holds several.

Everything is read off the determination's trace; nothing is decided here.
"""
