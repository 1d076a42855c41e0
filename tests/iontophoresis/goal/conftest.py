import pytest

from iontophoresis import goal as goals
from iontophoresis.goal.answer import plan_goal


@pytest.fixture(scope="session")
def mesoglow_answer():
    return plan_goal(goals.load("mesoglow"), most_rounds=1)


@pytest.fixture(scope="session")
def fat_answer():
    return plan_goal(goals.load("fat_layer"), most_rounds=1)
