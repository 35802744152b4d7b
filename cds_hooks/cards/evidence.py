"""One criterion as one line of a card: the rule in words, what was counted, evidence, section.

References and dates only: never a code, a display or any text from the chart. The wording of a
criterion that by itself would tell more than its population does (substance use, HIV, violence) is
left out; its section and its references let an entitled reader look it up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cds_hooks.cards.markdown import escape, reference
from eligibility.determination import Count, Evidence, Finding, TraceNode
from eligibility.model import Source
from eligibility.packs import documents
from eligibility.reasons import is_withheld, tells_of_a_pregnancys_end

_MOST_REFERENCES = 6


def criterion_line(node: TraceNode, cited: Source) -> str:
    """A met criterion as Markdown; `cited` is the source its population is shown under."""
    criterion = node.criterion
    section = section_of(criterion.source or cited, cited)
    if is_withheld(criterion):
        said = f"A criterion whose wording is withheld, as it is sensitive by itself ({section})."
    else:
        said = f"{escape((criterion.rule or '').rstrip('.'))} ({section})."
    return " ".join(part for part in (said, *_found(node)) if part)


def section_of(source: Source, cited: Source | None = None) -> str:
    """`section VI.C`, with the document where it is not the one cited already."""
    section = f"section {escape(source.section)}"
    if cited is not None and source.document == cited.document:
        return section
    return f"{escape(document_title(source))}, {section}"


def document_title(source: Source) -> str:
    """The title of the document a source names, or its key for one that is not catalogued."""
    document = documents().get(source.document)
    return document.title if document is not None else source.document


def references(evidence: Sequence[Evidence]) -> str:
    """`Encounter/e1` (2026-01-31), and so on; empty for no evidence."""
    shown = [
        reference(one.reference) + (f" ({one.on})" if one.on is not None else "")
        for one in evidence[:_MOST_REFERENCES]
    ]
    if len(evidence) > _MOST_REFERENCES:
        shown.append(f"and {len(evidence) - _MOST_REFERENCES} more")
    return ", ".join(shown)


def _found(node: TraceNode) -> list[str]:
    findings = list(_tellable(node))
    counted = [_counted(one.count, one) for one in findings if one.count is not None]
    evidence = tuple(dict.fromkeys(one for found in findings for one in found.evidence))
    return [*counted, f"Evidence: {references(evidence)}." if evidence else ""]


def _tellable(node: TraceNode) -> Iterator[Finding]:
    """What was found, but for the end of a pregnancy.

    A loss is never shown as evidence (Civil Code 56.108), and a birth beside it is not either: else
    missing evidence would tell the loss.
    """
    if node.finding is not None and not tells_of_a_pregnancys_end(node):
        yield node.finding
    for child in node.children:
        yield from _tellable(child)


def _counted(count: Count, finding: Finding) -> str:
    exact = count.high == count.low
    said = f"{'' if exact else 'At least '}{count.low} counted, {count.at_least} needed"
    if finding.window is None:
        return f"{said}."
    return f"{said}, from {finding.window.first} to {finding.window.last}."
