// SPDX-License-Identifier: GPL-2.0-or-later
// The templates, lambdas and inlined functions of tests/offline/shapes.cc, at work: rounds N
#define main once
#include "../offline/shapes.cc"
#undef main

#include <cstdlib>

int main(int argc, char **argv)
{
	for (int i = 0; argc > 1 && i < atoi(argv[1]); i++)
		once();
}
