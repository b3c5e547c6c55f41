"""Check the files that GitHub, conda and citation tools read against their published schemas."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FORMS = {
    "vendor.github-workflows": ".github/workflows/*.yml",
    "vendor.github-issue-forms": ".github/ISSUE_TEMPLATE/[!c]*.yml",
    "vendor.github-issue-config": ".github/ISSUE_TEMPLATE/config.yml",
    "vendor.dependabot": ".github/dependabot.yml",
    "vendor.citation-file-format": "CITATION.cff",
}

for schema, pattern in FORMS.items():
    command = [
        "check-jsonschema",
        "--builtin-schema",
        schema,
        *map(str, sorted(ROOT.glob(pattern))),
    ]
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"{pattern} is not as {schema} asks for")
