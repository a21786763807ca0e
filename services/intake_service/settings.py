"""What intake is told from outside besides what every service is told."""

from typing import Self

from pydantic import SecretStr, model_validator

from shared.plumbing.settings import DEVELOPMENT_SECRET, Settings

KEY_MIN = 24


class IntakeSettings(Settings):
    """`blind_key` seals customers' references: who has it could guess phones from them."""

    blind_key: SecretStr = SecretStr(DEVELOPMENT_SECRET)

    @model_validator(mode="after")
    def _refuse_a_weak_blind_key(self) -> Self:
        key = self.blind_key.get_secret_value()
        weak = key == DEVELOPMENT_SECRET or len(key) < KEY_MIN
        if self.environment == "production" and weak:
            raise ValueError("production refuses to start: the blind key is the default or short")
        return self
