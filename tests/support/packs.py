"""The shipped packs and the demonstration's organisations, read once per test run."""

from datetime import date

from shared.plumbing.packs import Packs

PACKS = Packs.load()
TODAY = date(2026, 11, 1)
AUTO = PACKS.for_organisation("auto-demo", TODAY)
MALL = PACKS.for_organisation("mall-demo", TODAY)
AUTO_DEMO = PACKS.organisation("auto-demo")
MALL_DEMO = PACKS.organisation("mall-demo")
