"""Courses: several sessions with intervals, and a ledger of charge for every site."""

from __future__ import annotations

from iontophoresis.course.file import Course, CourseLimits, CourseSession, load
from iontophoresis.course.ledger import Entry, Ledger, Measured, ledger

__all__ = [
    "Course",
    "CourseLimits",
    "CourseSession",
    "Entry",
    "Ledger",
    "Measured",
    "ledger",
    "load",
]
