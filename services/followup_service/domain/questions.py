"""What a customer answered against what the pack asks."""

from services.followup_service.domain.commands import CompleteCallback
from services.followup_service.domain.errors import AnswersDoNotFit
from services.followup_service.domain.state import Answers
from shared.kernel.errors import Pointer
from shared.kernel.policy.followup import Question, Questionnaire, QuestionType


def answers_of(questionnaire: Questionnaire, command: CompleteCallback) -> Answers:
    """The answers, with the total of the counted scores. Raises AnswersDoNotFit with pointers."""
    scores = {score.question: score.value for score in command.scores}
    wrong = [
        Pointer(f"/scores/{code}", "score-wrong", "") for code in questionnaire.problems(scores)
    ]
    wrong += _wrong_choices(questionnaire, command) + _wrong_words(questionnaire, command)
    if wrong:
        raise AnswersDoNotFit(errors=_known(questionnaire, wrong))
    counted = {q.code for q in questionnaire.questions if q.counts}
    return Answers(
        scores=command.scores,
        choices=command.choices,
        words=command.words,
        total=sum(value for code, value in scores.items() if code in counted),
        satisfied=not questionnaire.dissatisfied(scores),
    )


def _wrong_choices(questionnaire: Questionnaire, command: CompleteCallback) -> list[Pointer]:
    asked = _asked(questionnaire, QuestionType.CHOICE)
    given = {choice.question: choice.word for choice in command.choices}
    missing = {code for code, q in asked.items() if q.required and code not in given}
    wrong = {
        code
        for code, word in given.items()
        if code not in asked or word not in {known.code for known in asked[code].words}
    }
    return [Pointer(f"/choices/{code}", "choice-wrong", "") for code in sorted(missing | wrong)]


def _wrong_words(questionnaire: Questionnaire, command: CompleteCallback) -> list[Pointer]:
    asked = _asked(questionnaire, QuestionType.TEXT)
    given = {part.code for part in command.words}
    missing = {code for code, q in asked.items() if q.required and code not in given}
    unknown = given - asked.keys()
    return [Pointer(f"/words/{code}", "words-wrong", "") for code in sorted(missing | unknown)]


def _asked(questionnaire: Questionnaire, kind: QuestionType) -> dict[str, Question]:
    return {
        question.code: question for question in questionnaire.questions if question.type is kind
    }


def _known(questionnaire: Questionnaire, wrong: list[Pointer]) -> list[Pointer]:
    """A pointer never repeats a code that the caller made up."""
    codes = {question.code for question in questionnaire.questions}
    found = []
    for pointer in wrong:
        field, code = pointer.pointer.strip("/").split("/", 1)
        found.append(pointer if code in codes else Pointer(f"/{field}", pointer.code, ""))
    return found
