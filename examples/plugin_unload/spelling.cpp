// SPDX-License-Identifier: BSL-1.0
// The plug-in: code and callbacks that are gone when it is unloaded.

#include "plugin.hpp"

#include <cstdio>

namespace {

struct checker final : spelling {
    int mistakes(std::string_view text) const override { return text.find("teh") != text.npos ? 1 : 0; }
};

checker the_checker;
assent::registration told_of_saves;

} // namespace

extern "C" const spelling* plugin_start(assent::dispatcher<saved>& saves) {
    told_of_saves = saves.on({.name = "spelling"}, [](const saved& e) {
        std::printf("  plug-in: learned the words of %.*s\n", static_cast<int>(e.document.size()),
                    e.document.data());
    });
    return &the_checker;
}

// After this returns none of our callbacks runs or will run, on any thread.
extern "C" void plugin_stop() { static_cast<void>(told_of_saves.unregister()); }
