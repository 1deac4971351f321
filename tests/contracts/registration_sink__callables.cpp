// SPDX-License-Identifier: BSL-1.0
// expected: assent: registration [callables]: on_into() takes what on() takes
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::dispatcher<saved>& events, assent::registration& kept) {
#if defined(FIXED)
    events.on_into([&](assent::registration&& r) { kept = std::move(r); }, {}, [](const saved&) {});
#else
    events.on_into([&](assent::registration&& r) { kept = std::move(r); }, {}, [](const char*) {});
#endif
}
