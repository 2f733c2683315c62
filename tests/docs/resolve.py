# SPDX-License-Identifier: GPL-2.0-or-later
"""Resolves the commands and relative links of pages: each option, target and file is there. TAP on stdout."""
import argparse
import functools
import os
import re
import shlex
import subprocess
import sys

import blocks

# Others' programs: their options are not ours to resolve.
OTHERS = {'apt', 'arm-linux-gnueabihf-gcc', 'awk', 'go', 'head', 'ls', 'mkdir', 'rmmod', 'scp', 'systemctl', 'unset', 'wc'}
# perf's -g takes no value, although --call-graph does.
NO_VALUE = {'-g'}


def said(*command, **more):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, **more)
    return done.returncode, done.stdout


class Options:
    """The options that a usage names, and which of them take a value."""

    def __init__(self, usage):
        self.names, self.valued = set(), set()
        for line in usage.split('\n'):
            if not re.match(r'\s+-', line):
                continue
            # A line lists its options before the text, two blanks before that, if there is room.
            listed = re.match(r'\s+((?:-{1,2}[\w-]+(?:\[=[A-Z]+\])?(?: [A-Z][A-Z,:\[\].=]*)*(?:, )?)+)', line)
            found = re.findall(r'(-{1,2}\w[\w-]*)((?:\[=\w+\])?)( [A-Z][A-Z,:\[\].=]*)?', listed[1]) if listed else []
            value = any(v for _, _, v in found)
            for name, _, own in found:
                self.names.add(name)
                if (own or value and not name.startswith('--')) and name not in NO_VALUE:
                    self.valued.add(name)

    def lacks(self, words):
        """Return the first of the words that is an option which the usage lacks, or ''. Operands are left in words."""
        operands = []
        words = list(words)
        while words:
            word = words.pop(0)
            if word == '--':
                break
            if not word.startswith('-') or word == '-':
                operands.append(word)
                continue
            name, equals, _ = word.partition('=')
            if name.startswith('--'):
                if name not in self.names:
                    return name
                if name in self.valued and not equals:
                    if not words:
                        return f'{name} without its value'
                    words.pop(0)
                continue
            for at in range(1, len(name)):
                letter = '-' + name[at]
                if letter not in self.names:
                    return letter
                if letter in self.valued:
                    if at == len(name) - 1 and words:
                        words.pop(0)
                    break
        self.operands = operands
        return ''


class Resolver:
    def __init__(self, tool, module):
        self.tool, self.module = tool, module

    @functools.lru_cache(None)
    def usage(self, *command):
        status, text = said(*command)
        return text if status == 0 else None

    def emberprof(self, words):
        if not words or words[0] in ('-h', '--help', '--version', '-V'):
            return ''
        sub, rest = words[0], words[1:]
        if sub == 'help':
            sub, rest = (rest or ['record'])[0], []
            if sub.isupper():
                return ''
        usage = self.usage(self.tool, sub, '-h')
        if usage is None:
            return f'no command {sub}'
        # What record runs has options of its own.
        options = Options(usage)
        lacks = options.lacks(rest)
        return f'emberprof {sub} has no {lacks}' if lacks else ''

    def make(self, words):
        if '-C' in words:
            return ''       # others' makefile
        _, text = said('make', 'help')
        listed, _, _ = text.partition('variables:')
        targets = set(re.findall(r'^  (\w[\w-]*) ', listed, flags=re.M)) | {'help', 'uninstall'}
        names = set(re.findall(r'\b([A-Z][A-Z_]*)\b=?', text))
        for word in words:
            name, equals, _ = word.partition('=')
            if equals and name not in names:
                return f'make help has no {name}='
            if not equals and not name.startswith('-') and name not in targets and not os.path.isabs(name):
                return f'make help has no {name}'
        return ''

    def script(self, words):
        path, rest = words[0], words[1:]
        if not os.path.isfile(path):
            return f'no such file: {path}'
        usage = self.usage('sh', path, '-h')
        if usage is None:
            return f'{path} -h fails'
        options = Options(usage)
        rest = [w for w in rest if w not in ('-h', '--help')]
        for word in rest:
            if word.startswith('-') and word != '--' and not re.search(rf'(?<![\w-]){re.escape(word)}(?![\w-])', usage):
                return f'{path} has no {word}'
        if path == 'tests/vm/run':
            return suite(options, rest)
        for word in rest if path.startswith('scripts/') else ():
            if re.fullmatch(r'[a-z]\w+', word) and not re.search(rf'\b{word}\b', usage):
                return f'{path} has no {word}'
        return ''

    def parameters(self, words):
        if not self.module:
            return ''
        _, text = said('/sbin/modinfo', '-p', self.module)
        names = set(re.findall(r'^(\w+):', text, flags=re.M))
        for word in words:
            name, equals, _ = word.partition('=')
            if equals and name not in names:
                return f'the module has no parameter {name}'
        return ''

    def resolve(self, text):
        """Return what of a command does not exist, or ''."""
        try:
            words = shlex.split(re.sub(r'\$\([^)]*\)', 'X', text), comments=True)
        except ValueError as error:
            return str(error)
        for part in split(words, ('|', '&&', ';')):
            wrong = self.program(part)
            if wrong:
                return wrong
        return ''

    def program(self, words):
        while words and re.match(r'[A-Z_]+=', words[0]):
            words = words[1:]
        if not words:
            return ''
        name, rest = words[0], [w for w in words[1:] if w not in ('>', '<', '...')]
        if name in ('time', 'nice'):
            return self.program(rest)
        if name == 'sh':
            return self.script(rest)
        if re.match(r'(scripts|tests)/', name):
            return self.script(words)
        if name == 'make':
            return self.make(rest)
        if os.path.basename(name) == 'emberprof':
            return self.emberprof(rest)
        if name in ('insmod', 'modprobe'):
            return self.parameters(rest)
        if name in OTHERS or name.startswith('./'):
            return ''
        return f'unknown program {name}: neither ours nor in OTHERS of tests/docs/resolve.py'


def suite(options, words):
    lacks = options.lacks(words)
    if lacks:
        return f'tests/vm/run has no {lacks}'
    for name in options.operands[1:]:
        if not name.isupper() and not os.path.isfile(f'tests/vm/suites/{name}.sh'):
            return f'no such suite: {name}'
    return ''


def split(words, by):
    part = []
    for word in words:
        if word in by:
            yield part
            part = []
        else:
            part.append(word)
    yield part


def slug(heading):
    return re.sub(r'[^\w -]', '', heading.lower()).strip().replace(' ', '-')


def broken(page):
    """Yield (line, link) of relative links that lead nowhere."""
    with open(page, encoding='utf-8') as file:
        lines = file.read().split('\n')
    for number, line in enumerate(lines, 1):
        for link in re.findall(r'\]\(([^)\s]+)\)', line):
            if re.match(r'[a-z]+:', link):
                continue
            path, _, anchor = link.partition('#')
            target = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
            if not os.path.exists(target):
                yield number, link
            elif anchor:
                with open(target, encoding='utf-8') as file:
                    if anchor not in {slug(h) for h in re.findall(r'^#+ (.*)', file.read(), flags=re.M)}:
                        yield number, link


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('-m', default='')
    parser.add_argument('tool')
    parser.add_argument('page', nargs='+')
    arguments = parser.parse_args()
    resolver = Resolver(arguments.tool, arguments.m)
    count = failed = 0
    for page in arguments.page:
        wrong = [(c.where(), c.text, resolver.resolve(c.text)) for c in blocks.commands(page) + blocks.named(page)]
        found = len(wrong)
        wrong = [w for w in wrong if w[2]]
        count += 1
        failed += bool(wrong)
        print(f'{"not ok" if wrong else "ok"} {count} - {page}: {found} commands resolve')
        for where, text, why in wrong:
            print(f'# {where}: {text}: {why}')
        links = list(broken(page))
        count += 1
        failed += bool(links)
        print(f'{"not ok" if links else "ok"} {count} - {page}: relative links lead somewhere')
        for number, link in links:
            print(f'# {page}:{number}: {link}')
    print(f'1..{count}')
    sys.exit(failed > 0)


main()
