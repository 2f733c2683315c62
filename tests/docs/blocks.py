# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands of a page, in Markdown or of the manual: those of code blocks, and those that its text names."""
import re

PROMPTS = ('$ ', 'board# ')
# What of the text in `backquotes` is a command.
NAMED = ('emberprof ', 'make ', 'sh ', 'insmod ', 'modprobe ')


class Command:
    def __init__(self, page, line, prompt, text, first):
        self.page, self.line, self.prompt, self.text = page, line, prompt, text
        self.first = first      # index of the line behind the command
        self.output = []        # what the page shows of it

    def where(self):
        return f'{self.page}:{self.line}'


def blocks(lines):
    """Yield (language, [(number, line)]) of each fenced block; numbers begin with 1."""
    block = None
    for number, line in enumerate(lines, 1):
        fence = re.match(r'```(\w*)$', line)
        if fence and block is None:
            language, block = fence[1], []
        elif line == '```':
            yield language, block
            block = None
        elif block is not None:
            block.append((number, line))


def of_block(page, language, block):
    prompted = any(line.startswith(PROMPTS) for _, line in block)
    if not prompted and language != 'sh':
        return
    command = None
    going_on = False
    for number, line in block:
        prompt = next((p for p in PROMPTS if line.startswith(p)), '')
        if going_on:
            command.text = command.text[:-1] + line.strip()
            command.first = number
        elif prompt or not prompted:
            if line.strip():
                command = Command(page, number, prompt.strip(), line[len(prompt):], number)
                yield command
        elif command:
            command.output.append(line)
        going_on = command is not None and not command.output and command.text.endswith('\\')


def examples(page, lines):
    """Yield the commands of a manual page's displays."""
    display = False
    for number, line in enumerate(lines, 1):
        if line.startswith(('.Bd ', '.Ed')):
            display = line.startswith('.Bd ')
        elif display:
            yield Command(page, number, '', line, number)


def commands(page):
    """Return the commands of code blocks, in their order."""
    with open(page, encoding='utf-8') as file:
        lines = file.read().split('\n')
    if page.endswith('.1'):
        return list(examples(page, lines))
    return [c for language, block in blocks(lines) for c in of_block(page, language, block)]


def named(page):
    """Return the commands that the text of a page names."""
    found, fenced = [], False
    with open(page, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            if line.startswith('```'):
                fenced = not fenced
            if fenced:
                continue
            for text in re.findall(r'`([^`]+)`', line):
                if text.startswith(NAMED):
                    found.append(Command(page, number, '', text, number))
    return found
