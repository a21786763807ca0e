"""The shipped packs and the demonstration's organisations, read once per test run."""

from datetime import date

from shared.plumbing.packs import Packs

PACKS = Packs.load()
TODAY = date(2026, 11, 1)
AUTO = PACKS.for_organisation("auto-demo", TODAY)
MALL = PACKS.for_organisation("mall-demo", TODAY)
CLUB = PACKS.for_organisation("club-demo", TODAY)
TELE = PACKS.for_organisation("telecom-demo", TODAY)
PROP = PACKS.for_organisation("property-demo", TODAY)
RETL = PACKS.for_organisation("retail-demo", TODAY)
STAF = PACKS.for_organisation("staff-demo", TODAY)
AUTO_DEMO = PACKS.organisation("auto-demo")
MALL_DEMO = PACKS.organisation("mall-demo")
