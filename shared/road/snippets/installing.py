"""How the packages that a snippet needs are added to a project."""

from shared.road.snippets.models import Choice, Client, Language

_INSTALL: dict[tuple[Language, Client], tuple[str, ...]] = {
    (Language.PYTHON, Client.OPENAI): ("pip install azure-identity openai",),
    (Language.PYTHON, Client.INFERENCE): ("pip install azure-ai-inference azure-identity",),
    (Language.PYTHON, Client.REST): ("pip install azure-identity requests",),
    (Language.CSHARP, Client.OPENAI): ("dotnet add package Azure.Identity", "dotnet add package OpenAI"),
    (Language.CSHARP, Client.INFERENCE): (
        "dotnet add package Azure.AI.Inference --prerelease",
        "dotnet add package Azure.Identity",
    ),
    (Language.CSHARP, Client.REST): ("dotnet add package Azure.Identity",),
    (Language.JAVASCRIPT, Client.OPENAI): ("npm install @azure/identity openai",),
    (Language.JAVASCRIPT, Client.INFERENCE): ("npm install @azure-rest/ai-inference @azure/identity",),
    (Language.JAVASCRIPT, Client.REST): ("npm install @azure/identity",),
    # Gradle has no command for it: these are lines of build.gradle.kts
    (Language.JAVA, Client.OPENAI): (
        'implementation("com.azure:azure-identity:1.18.2")',
        'implementation("com.openai:openai-java:4.50.0")',
    ),
    (Language.JAVA, Client.INFERENCE): (
        'implementation("com.azure:azure-ai-inference:1.0.0-beta.5")',
        'implementation("com.azure:azure-identity:1.18.2")',
    ),
    (Language.JAVA, Client.REST): ('implementation("com.azure:azure-identity:1.18.2")',),
    (Language.CURL, Client.REST): (),
}


def install(choice: Choice) -> tuple[str, ...]:
    """The package manager's commands, for Java the lines of `build.gradle.kts`; none for curl."""
    return _INSTALL[choice.language, choice.client]
