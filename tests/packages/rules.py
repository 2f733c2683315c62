#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The text rules that Buildroot's check-package, yocto-check-layer and OpenWrt's feeds have
for packaging/. Prints a line for each breach, and ends with 1 then.
usage: rules.py TREE"""
import hashlib
import os
import re
import sys

SERIES = {'scarthgap', 'styhead', 'walnascar', 'whinlatter', 'wrynose', 'blacksail'}


class Tree:
    def __init__(self, top):
        self.top = top
        self.breaches = []
        self.version = re.search(r'EMBER_VERSION\s+"([^"]*)"', self.read('user/cmd/cmd.h'))[1]

    def read(self, path):
        try:
            with open(os.path.join(self.top, path), encoding='utf-8') as file:
                return file.read()
        except FileNotFoundError:
            return ''

    def wrong(self, path, what):
        self.breaches.append(f'{path}: {what}')

    def wants(self, good, path, what):
        if not good:
            self.wrong(path, what)

    def files(self, folder):
        for at, _, names in os.walk(os.path.join(self.top, folder)):
            for name in sorted(names):
                yield os.path.relpath(os.path.join(at, name), self.top)


def common(tree, path):
    text = tree.read(path)
    if not text:
        tree.wrong(path, 'empty or not there')
        return text
    for number, line in enumerate(text.split('\n'), 1):
        tree.wants(line == line.rstrip(), f'{path}:{number}', 'space at the end of a line')
    tree.wants(text.endswith('\n') and not text.endswith('\n\n'), path, 'ends in one newline')
    tree.wants('\n\n\n' not in text, path, 'two empty lines in a row')
    return text


def assigned(text, name):
    found = re.search(rf'^{re.escape(name)}\s*[:?]?=\s*"?([^"\n]*)', text, re.M)
    return found[1].strip() if found else None


def buildroot_config(tree, path, option):
    text = common(tree, path)
    tree.wants(text.startswith(f'config {option}\n'), path, f'begins with config {option}')
    ranks = ['bool', 'depends', 'select', 'help']
    for choice in text.split('\ncomment')[0].split('\nconfig '):
        order = re.findall(r'^\t(bool|depends|select|help)\b', choice, re.M)
        tree.wants(order == sorted(order, key=ranks.index), path, 'type, depends on, select, help: in this order')
    for number, line in enumerate(text.split('\n'), 1):
        tree.wants(not re.match(r' ', line), f'{path}:{number}', 'tabs, not spaces')
        tree.wants(len(line.expandtabs(8)) <= 80, f'{path}:{number}', 'at most 80 columns')
    # What can't be chosen says why: a comment for the other side of each dependency.
    comment = text.partition('\ncomment "')[2]
    tree.wants(comment, path, 'a comment where it cannot be chosen')
    for need in re.findall(r'^\tdepends on (!?)(BR2_(?:LINUX_KERNEL|USE_WCHAR|STATIC_LIBS|TOOLCHAIN_HAS_THREADS))\b',
                           text.split('\ncomment')[0], re.M):
        other = ('' if need[0] else '!') + need[1]
        tree.wants(re.search(rf'(?<![!\w]){other}\b', comment), path, f'the comment depends on {other}')
    archs = re.search(r'^\tdepends on (BR2_aarch64.*)$', text, re.M)
    tree.wants(archs and comment.count(archs[1]) == 1, path, 'the comment is for the same architectures')


def buildroot(tree):
    top = 'packaging/buildroot'
    desc = common(tree, f'{top}/external.desc')
    name = re.search(r'^name: ([A-Z_]+)$', desc, re.M)
    tree.wants(name and re.search(r'^desc: .', desc, re.M), f'{top}/external.desc', 'name: and desc:')
    path = f'$(BR2_EXTERNAL_{name[1] if name else ""}_PATH)'
    tree.wants(path in common(tree, f'{top}/external.mk'), f'{top}/external.mk', f'includes by {path}')
    menu = common(tree, f'{top}/Config.in')
    for package in ('emberprof', 'emberprof-module'):
        at = f'{top}/package/{package}'
        upper = package.upper().replace('-', '_')
        tree.wants(f'/package/{package}/Config.in"' in menu, f'{top}/Config.in', f'sources {package}')
        buildroot_config(tree, f'{at}/Config.in', f'BR2_PACKAGE_{upper}')
        text = common(tree, f'{at}/{package}.mk')
        rule = '#' * 80
        tree.wants(text.startswith(f'{rule}\n#\n# {package}\n#\n{rule}\n\n'), f'{at}/{package}.mk', 'header')
        tree.wants(text.endswith('$(eval $(generic-package))\n'), f'{at}/{package}.mk', 'ends with its infrastructure')
        tree.wants(assigned(text, f'{upper}_VERSION') == tree.version, f'{at}/{package}.mk', 'version')
        tree.wants(assigned(text, f'{upper}_SITE') == path + '/../..' and assigned(text, f'{upper}_SITE_METHOD') == 'local',
                   f'{at}/{package}.mk', 'builds the tree that it is in')
        for licence in (assigned(text, f'{upper}_LICENSE_FILES') or 'none').split():
            tree.wants(tree.read(licence), f'{at}/{package}.mk', f'no file {licence}')
        for number, line in enumerate(text.split('\n'), 1):
            tree.wants(not re.search(r'\S\t+\\$|  \\$', line), f'{at}/{package}.mk:{number}', 'one space before \\')
            tree.wants(not re.match(r'[A-Z_]+(=|\s\s+[+:?]?=|[+:?]=|\t)', line), f'{at}/{package}.mk:{number}', 'one space around =')
        defined = set(re.findall(r'^(?:define )?([A-Z][A-Z_]*)(?: [+:?]?=|$)', text, re.M))
        tree.wants(all(n.startswith(upper + '_') for n in defined), f'{at}/{package}.mk', f'variables begin with {upper}_')


def yocto(tree):
    top = 'packaging/yocto/meta-emberprof'
    readme = common(tree, f'{top}/README.md')
    if not re.search('README', readme, re.I):
        for word in ('maintainer', 'patch', '@'):
            tree.wants(word in readme.lower(), f'{top}/README.md', f'has {word}, or names another README')
    for link in re.findall(r'\]\(([^)#]+)\)', readme + tree.read(f'{top}/SECURITY.md')):
        tree.wants(tree.read(os.path.normpath(f'{top}/{link}')), top, f'no file {link}')
    common(tree, f'{top}/SECURITY.md')
    layer = common(tree, f'{top}/conf/layer.conf')
    collection = re.search(r'^BBFILE_COLLECTIONS \+= "(\S+)"', layer, re.M)
    name = collection[1] if collection else ''
    series = set((assigned(layer, f'LAYERSERIES_COMPAT_{name}') or '').split())
    tree.wants(series and series <= SERIES, f'{top}/conf/layer.conf', f'LAYERSERIES_COMPAT_{name} names releases')
    tree.wants('wrynose' in series, f'{top}/conf/layer.conf', 'is for the long-term release')
    tree.wants(f'BBFILE_PATTERN_{name} = "^${{LAYERDIR}}/"' in layer, f'{top}/conf/layer.conf', 'BBFILE_PATTERN')
    recipes = [p for p in tree.files(top) if p.endswith('.bb')]
    tree.wants(len(recipes) == 2, top, 'two recipes')
    for path in recipes:
        text = common(tree, path)
        tree.wants(path.endswith(f'_{tree.version}.bb'), path, 'version')
        for field in ('SUMMARY', 'DESCRIPTION', 'SECTION', 'LICENSE', 'LIC_FILES_CHKSUM'):
            tree.wants(assigned(text, field), path, field)
        sums = re.findall(r'file://([^;\s]+);md5=([0-9a-f]{32})', text)
        tree.wants(sums, path, 'LIC_FILES_CHKSUM has files')
        for file, md5 in sums:
            tree.wants(hashlib.md5(tree.read(file).encode()).hexdigest() == md5, path, f'checksum of {file}')
    for path in tree.files(top):
        if path.endswith('.patch'):
            tree.wants('\nUpstream-Status: ' in tree.read(path), path, 'Upstream-Status')


def openwrt(tree):
    top = 'packaging/openwrt'
    for package, infrastructure, about in (('emberprof', 'BuildPackage', 'Package'),
                                           ('emberprof-module', 'KernelPackage', 'KernelPackage')):
        path = f'{top}/{package}/Makefile'
        text = common(tree, path)
        tree.wants('include $(TOPDIR)/rules.mk\n' in text and 'include $(INCLUDE_DIR)/package.mk\n' in text, path, 'includes')
        tree.wants(assigned(text, 'PKG_NAME') == package and assigned(text, 'PKG_VERSION') == tree.version and
                   assigned(text, 'PKG_RELEASE'), path, 'PKG_NAME, PKG_VERSION and PKG_RELEASE')
        tree.wants(re.fullmatch(r'GPL-2\.0-(only|or-later)', assigned(text, 'PKG_LICENSE') or ''), path, 'PKG_LICENSE of SPDX')
        for licence in (assigned(text, 'PKG_LICENSE_FILES') or 'none').split():
            tree.wants(tree.read(licence), path, f'no file {licence}')
        tree.wants(text.endswith(f'$(eval $(call {infrastructure},emberprof))\n'), path, f'ends with {infrastructure}')
        tree.wants(len(re.findall('^define ', text, re.M)) == len(re.findall('^endef$', text, re.M)), path, 'define and endef')
        block = re.search(rf'^define {about}/emberprof\n(.*?)^endef', text, re.M | re.S)
        for field in ('TITLE', 'DEPENDS'):
            tree.wants(block and re.search(rf'^  {field}:=\S', block[1], re.M), path, field)
        title = block and re.search(r'TITLE:=(.*)', block[1])
        tree.wants(title and len(title[1]) <= 40, path, 'TITLE of at most 40 characters')
        for body in re.findall(r'^define Build/\w+\n(.*?)^endef', text, re.M | re.S):
            for line in body.splitlines():
                tree.wants(line.startswith('\t'), path, 'commands begin with a tab')


def main():
    if len(sys.argv) != 2 or sys.argv[1] in ('-h', '--help'):
        print(__doc__)
        return 0 if len(sys.argv) == 2 else 2
    tree = Tree(sys.argv[1])
    for rules in (buildroot, yocto, openwrt):
        rules(tree)
    print('\n'.join(tree.breaches), end='\n' if tree.breaches else '')
    return 1 if tree.breaches else 0


sys.exit(main())
