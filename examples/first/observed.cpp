// SPDX-License-Identifier: BSL-1.0
#include <assent/assent.hpp>

#include <cstdio>

struct saved {
    int revision;
};

int main() {
    assent::activity_recorder seen; // outlives the dispatcher
    assent::dispatcher<saved, assent::observed_by<assent::activity_recorder>> saves(seen);
    const auto backup = saves.on({.name = "backup"}, [](const saved&) {});
    const auto index = saves.on({.name = "index"}, [](const saved&) {});
    saves.notify({7});
    std::fputs(seen.print().c_str(), stdout);
}
