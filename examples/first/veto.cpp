// SPDX-License-Identifier: BSL-1.0
#include <assent/assent.hpp>

#include <cstdio>
#include <string>

struct unload { // a category of events with two phases: everybody is asked before it happens
    using event_type = const char*; // the plug-in's name
    using status_type = bool;       // whether a participant agrees
};

struct user_of_plugin {
    const char* name;
    bool busy;
    bool prepare(const char* const& plugin) { return std::printf("%s: may %s go?\n", name, plugin), !busy; }
    void commit(const char* const&) noexcept { std::printf("%s: gone\n", name); }
    void abort(const char* const&) noexcept { std::printf("%s: stays\n", name); }
};

int main() {
    assent::dispatcher<unload> unloads;
    auto first = unloads.on({.name = "player"}, user_of_plugin{"player", false});
    auto second = unloads.on({.name = "editor"}, user_of_plugin{"editor", true});
    const auto result = unloads.transact("codec", [] { std::puts("(unloading)"); });
    std::printf("%s %s\n", result ? "done" : "refused by", std::string(result.refuser()).c_str());
}
