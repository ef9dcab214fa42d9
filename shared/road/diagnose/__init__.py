"""Why a call to an account was refused: each known cause is checked against the account as it is, and says what to do.

The causes are those of "Configure Microsoft Entra ID for inference", troubleshooting, and of the documents each one names.
"""

from shared.road.diagnose.diagnosing import diagnose
from shared.road.diagnose.finding import Diagnosis, Finding, Verdict
from shared.road.diagnose.symptom import Client, Symptom

__all__ = ["Client", "Diagnosis", "Finding", "Symptom", "Verdict", "diagnose"]
