"""Names of the recorded sessions: their folders."""

RACES = ("2024-singapore-race", "2025-australia-race", "2025-china-race", "2025-qatar-sprint")
OTHERS = ("2025-emilia-romagna-qualifying", "2025-australia-practice-1")
