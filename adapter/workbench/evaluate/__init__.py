"""The determination view: a chart, a plan and a day in; what holds, why, and what to ask out."""
