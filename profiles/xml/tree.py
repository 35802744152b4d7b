"""An XML document as a tree of FHIR elements: namespaces, limits, and nothing fetched.

XML of FHIR is elements with attributes and, but for narratives, no text
(https://hl7.org/fhir/R4/xml.html). A narrative is kept as the bytes it was written in.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import XMLParser, fromstring  # type: ignore[import-untyped]

FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"

#: More than the largest Bundle of a referral needs; each element costs some hundred bytes.
MOST_BYTES = 5 * 1024 * 1024
MOST_ELEMENTS = 100_000
#: Deeper than any FHIR resource, with its wrappers.
DEEPEST = 150

_END_TAG = re.compile(rb"</div\s*>")
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)[\"']")
_SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}"


class NotFhirXml(ValueError):
    """A document is no FHIR resource in XML; the message says what was found, without values."""

    def __init__(self, found: str, *, too_large: bool = False) -> None:
        super().__init__(found)
        #: Whether only its size is at fault.
        self.too_large = too_large


class Node:
    """One element."""

    __slots__ = ("attributes", "children", "name", "xhtml")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name, self.attributes = name, attributes
        self.children: list[Node] = []
        #: A narrative as it was written; None: it is none.
        self.xhtml: str | None = None


def read_tree(document: bytes) -> Node:
    """The root element.

    Raises:
        NotFhirXml: it is not well-formed, too large, or holds what FHIR does not use.
    """
    if len(document) > MOST_BYTES:
        raise NotFhirXml(
            f"XML longer than {MOST_BYTES // 1024 // 1024} MB is not read; send JSON, or less",
            too_large=True,
        )
    try:
        if "\0" in document.decode():
            raise ValueError
    except ValueError:
        raise NotFhirXml("it is no XML in UTF-8") from None
    if (stated := _ENCODING.match(document)) and stated[1].lower() not in (b"utf-8", b"us-ascii"):
        raise NotFhirXml("the encoding is not UTF-8")
    target = _Tree(document)
    parser = XMLParser(target=target, encoding="utf-8", forbid_dtd=True)
    target.at = lambda: parser.parser.CurrentByteIndex
    try:
        parser.feed(document)
        root: Node = parser.close()
    except DefusedXmlException:
        raise NotFhirXml("it declares a document type or entities; leave them out") from None
    except ParseError as fault:
        line, column = fault.position
        raise NotFhirXml(f"it is no XML from line {line}, column {column} on") from None
    return root


class _Tree:
    """What the parser tells, as nodes."""

    def __init__(self, document: bytes) -> None:
        self._document = document
        self.at: Any = None
        self._open: list[Node] = []
        self._root: Node | None = None
        self._count = 0
        #: How deep within a narrative, and where it began.
        self._inside = 0
        self._began = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise NotFhirXml(f"it has more than {MOST_ELEMENTS} elements", too_large=True)
        if len(self._open) + self._inside >= DEEPEST:
            raise NotFhirXml(f"it is nested more than {DEEPEST} deep")
        if self._inside:
            self._inside += 1
            return
        namespace, _, name = tag[1:].rpartition("}")
        if namespace == XHTML and name == "div" and self._open:
            self._inside, self._began = 1, self.at()
        elif namespace != FHIR:
            raise NotFhirXml(f'an element is not of the namespace of FHIR; write xmlns="{FHIR}"')
        node = Node(name, {} if self._inside else _attributes(attributes))
        if self._open:
            self._open[-1].children.append(node)
        self._open.append(node)

    def end(self, tag: str) -> None:
        del tag
        if self._inside > 1:
            self._inside -= 1
            return
        node = self._open.pop()
        if self._inside:
            self._inside = 0
            node.xhtml = self._narrative(self.at())
        if not self._open:
            self._root = node

    def data(self, text: str) -> None:
        if not self._inside and text.strip():
            raise NotFhirXml("there is text between elements; FHIR writes it as value")

    def close(self) -> Node:
        assert self._root is not None
        return self._root

    def _narrative(self, at: int) -> str:
        """The bytes from where the narrative began to its end."""
        end_tag = _END_TAG.match(self._document, at)
        written = self._document[self._began : end_tag.end() if end_tag else at]
        text = written.decode()
        try:
            # It has to mean the same by itself, since JSON takes it out of its document.
            if fromstring(text, forbid_dtd=True).tag == f"{{{XHTML}}}div":
                return text
        except ParseError:
            pass
        raise NotFhirXml(f'a narrative has no namespace of its own; write <div xmlns="{XHTML}">')


def _attributes(given: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if not name.startswith(_SCHEMA)}
