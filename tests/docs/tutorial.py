# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the commands of pages: `$` here, `board#` in a guest, in the page's order. TAP on stdout."""
import argparse
import os
import re
import shutil
import subprocess
import sys

import blocks

# The board's files are below root@board: in the page, and below $BOARD here.
SCP = '''#!/bin/sh
set -e
board() { # FILE: where it is
	case $1 in
	root@board:/*) echo "$BOARD${1#root@board:}" ;;
	root@board:*) echo "$BOARD/root/${1#root@board:}" ;;
	*) echo "$1" ;;
	esac
}
for to; do :; done
while [ $# -gt 1 ]; do
	cp "$(board "$1")" "$(board "$to")"
	shift
done
'''
MARK = '== command'


def copy_tree(top, tree):
    """Copy the files that git knows, or would."""
    names = subprocess.run(['git', 'ls-files', '-z', '-co', '--exclude-standard'], cwd=top, check=True,
                           stdout=subprocess.PIPE).stdout.decode().split('\0')
    for name in filter(None, names):
        source = os.path.join(top, name)
        if os.path.isfile(source):
            os.makedirs(os.path.join(tree, os.path.dirname(name)), exist_ok=True)
            shutil.copy2(source, os.path.join(tree, name))


class Lab:
    def __init__(self, top, out, arch):
        self.top, self.arch = top, arch
        self.tree, self.board, self.bin = (os.path.join(out, n) for n in ('tree', 'board', 'bin'))
        for folder in (self.tree, self.board, self.bin):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
        copy_tree(top, self.tree)
        subprocess.run(['scripts/lab', 'root', arch, self.board, 'libc6'], cwd=top, check=True)
        for folder in ('doc', 'locale', 'lintian'):
            shutil.rmtree(os.path.join(self.board, 'usr/share', folder), ignore_errors=True)
        os.makedirs(os.path.join(self.board, 'root'))
        os.makedirs(os.path.join(self.board, 'usr/bin'), exist_ok=True)
        with open(os.path.join(self.bin, 'scp'), 'w', encoding='utf-8') as file:
            file.write(SCP)
        os.chmod(file.name, 0o755)
        self.environment = dict(os.environ, BOARD=self.board, PATH=f'{self.bin}:{os.environ["PATH"]}',
                                MAKEFLAGS='-j2')
        self.environment.pop('O', None)
        for what in ('make-vars', 'tool-vars'):
            said = subprocess.run(['scripts/lab', what, arch], cwd=top, check=True, stdout=subprocess.PIPE,
                                  text=True).stdout
            for name, value in re.findall(r'\b(KDIR|SYSROOT)=(\S+)', said):
                self.environment[name] = value
        self.inserted = ''

    def here(self, command):
        done = subprocess.run(['bash', '-c', command.text], cwd=self.tree, env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors='replace', check=False)
        return done.returncode, done.stdout

    def guest(self, commands):
        """Run commands in one guest. A later guest has the files of those before, and the module."""
        root = os.path.join(self.board, 'root')
        with open(os.path.join(self.tree, 'board.sh'), 'w', encoding='utf-8') as file:
            file.write('cd /root\nexec 2>&1\n' + (self.inserted + '\n' if self.inserted else ''))
            for number, command in enumerate(commands):
                file.write(f'echo "{MARK} {number}"\n{command.text}\nrc=$?; echo; echo "{MARK} status $rc"\n')
            file.write('cp -a /root/. /out/\nexit 0\n')
        for command in commands:
            if re.match(r'(insmod|modprobe) ', command.text):
                self.inserted = command.text
        done = subprocess.run(['scripts/lab', 'run', self.arch, '-i', '-t', '600', '-r', self.board, '-o', root,
                               '-e', 'sh /lab/board.sh', file.name], cwd=self.top, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace',
                              check=False)
        results = []
        said = done.stdout.replace('\r', '')
        for part in re.split(rf'^{MARK} \d+\n', said, flags=re.M)[1:]:
            end = re.search(rf'^\n?{MARK} status (\d+)$', part, flags=re.M)
            results.append((int(end[1]), part[:end.start()]) if end else (-1, part))
        return results + [(-1, said)] * (len(commands) - len(results))


def run_all(lab, commands):
    """Return (command, status, output), neighbours of the board in one guest."""
    results, i = [], 0
    lab.inserted = ''
    while i < len(commands):
        if commands[i].prompt != 'board#':
            results.append((commands[i], *lab.here(commands[i])))
            i += 1
            continue
        board = []
        while i < len(commands) and commands[i].prompt == 'board#':
            board.append(commands[i])
            i += 1
        results += [(c, *r) for c, r in zip(board, lab.guest(board))]
    return results


def words(text, names):
    return {w for w in re.findall(r'\w+', text) if w in names}


def plain(output, top):
    """What a page shows: without progress, trailing blanks and this machine's paths."""
    lines = []
    for line in output.replace('\t', '        ').replace(top, '').split('\n'):
        shown = line.rsplit('\x1b[K', 1)[-1].rstrip()
        if shown or line == shown:
            lines.append(shown)
    return '\n'.join(lines).strip('\n').split('\n') if any(lines) else []


def write(page, results, tree):
    with open(page, encoding='utf-8') as file:
        lines = file.read().split('\n')
    for command, _, output in reversed(results):
        # What a build prints is no news.
        show = [] if re.match(r'(make|scp|arm-linux)', command.text) else plain(output, tree + '/')
        lines[command.first:command.first + len(command.output)] = show
    with open(page, 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('-w', action='store_true')
    parser.add_argument('-a', default='armhf')
    parser.add_argument('-o', required=True)
    parser.add_argument('page', nargs='+')
    options = parser.parse_args()
    top = os.path.abspath(os.path.join(os.path.dirname(__file__), '../..'))
    lab = Lab(top, os.path.abspath(options.o), options.a)
    with open(os.path.join(top, 'doc/tutorial/hosts.c'), encoding='utf-8') as file:
        names = set(re.findall(r'^static (?:unsigned int|int|void|struct host \*)\s*\*?(\w+)\(', file.read(), flags=re.M))
    count = failed = 0
    for page in options.page:
        results = run_all(lab, [c for c in blocks.commands(page) if c.prompt])
        for command, status, output in results:
            count += 1
            # -w replaces what the page shows.
            lacks = set() if options.w else words('\n'.join(command.output), names) - words(output, names)
            well = status == 0 and not lacks
            failed += not well
            print(f'{"ok" if well else "not ok"} {count} - {command.where()}: {command.text[:70]}')
            if lacks:
                print(f'# the page shows, and the command did not: {" ".join(sorted(lacks))}')
            if not well:
                print(re.sub('^', '#   ', f'status {status}\n{output[-3000:]}', flags=re.M))
        if options.w and not failed and page.startswith('doc/'):
            write(page, results, lab.tree)
    print(f'1..{count}')
    sys.exit(failed > 0)


main()
