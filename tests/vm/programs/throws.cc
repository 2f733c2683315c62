// SPDX-License-Identifier: GPL-2.0-or-later
// Threads that sort, format and throw through frames with things to destroy, until killed.
#include <algorithm>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

struct Node {
	std::map<std::string, int> seen;
	std::unique_ptr<Node> next;

	virtual ~Node() = default;
	virtual int visit(int depth)
	{
		std::string name = "node " + std::to_string(depth);

		seen[name]++;
		if (!depth) {
			std::ostringstream text;

			text << "at " << name << ", " << seen.size();
			throw std::runtime_error(text.str());
		}
		next = std::make_unique<Node>();
		return next->visit(depth - 1) + seen[name];
	}
};

struct Careful : Node {
	int visit(int depth) override
	{
		try {
			return Node::visit(depth);
		} catch (const std::logic_error &) {
			return 1;
		}
	}
};

static int attempt(int depth)
{
	Careful root;

	try {
		return root.visit(depth);
	} catch (const std::exception &e) {
		return e.what()[0];
	}
}

static void work(unsigned int seed)
{
	volatile int sum = 0;

	for (;;) {
		std::vector<std::string> words;

		for (int i = 0; i < 64; i++)
			words.push_back(std::to_string(seed = seed * 1103515245 + 12345));
		std::sort(words.begin(), words.end(), [](const auto &a, const auto &b) {
			return a.size() != b.size() ? a.size() < b.size() : a < b;
		});
		sum = sum + attempt(4 + seed / 65536 % 8);
	}
}

int main()
{
	std::thread other(work, 1), third(work, 2);

	work(3);
}
