// SPDX-License-Identifier: GPL-2.0-or-later
// Templates, lambdas, exceptions: what C++ makes of little source.
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <variant>
#include <vector>

namespace shapes
{
struct shape {
	virtual ~shape() = default;
	virtual double area() const = 0;
};

template <typename T> struct square : shape {
	T side;
	explicit square(T s) : side(s) {}
	double area() const override { return double(side) * side; }
};

template <typename T, typename... More> auto sum(T first, More... more)
{
	if constexpr (sizeof...(more) == 0)
		return first;
	else
		return first + sum(more...);
}

using word = std::variant<int, std::string, double>;

static std::map<std::string, std::vector<word>> index_of(const std::string &text)
{
	std::map<std::string, std::vector<word>> found;
	std::regex pattern("([a-z]+)=([0-9]+|[a-z]*)");

	for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) {
		auto value = (*at)[2].str();

		if (value.empty())
			throw std::runtime_error("nothing behind " + (*at)[1].str());
		if (std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; }))
			found[(*at)[1]].emplace_back(std::stoi(value));
		else
			found[(*at)[1]].emplace_back(value);
	}
	return found;
}
}

int main()
{
	std::vector<std::unique_ptr<shapes::shape>> all;
	std::function<double(double)> half = [](double x) { return x / 2; };
	double area = 0;

	for (int i = 0; i < 100; i++) {
		if (i % 3)
			all.push_back(std::make_unique<shapes::square<int>>(i));
		else
			all.push_back(std::make_unique<shapes::square<float>>(i));
	}
	std::sort(all.begin(), all.end(), [](auto &a, auto &b) { return a->area() > b->area(); });
	for (auto &one : all)
		area += half(one->area());
	try {
		for (auto &[name, values] : shapes::index_of("a=1 b=two c=3 a=4 d= e=5"))
			std::cout << name << values.size();
	} catch (const std::exception &e) {
		std::cout << e.what();
	}
	std::cout << shapes::sum(1, 2.5, 3) + area << '\n';
	return 0;
}
