// SPDX-License-Identifier: BSL-1.0
// A plug-in is unloaded when everyone who uses it agrees, and not before; then it is really gone.
//
//   host PLUG-IN

#include "plugin.hpp"

#include <dlfcn.h>

#include <cstdio>

namespace {

/// Uses the plug-in now and then, and lets go of it at once when asked.
struct editor {
    const spelling* checker;

    bool prepare(const unload::event_type&) { return true; }
    void commit(const unload::event_type&) noexcept {
        checker = nullptr;
        std::puts("  editor: lets go");
    }
    void abort(const unload::event_type&) noexcept { std::puts("  editor: keeps it"); }
};

/// Cannot be interrupted while it runs.
struct batch_check {
    const spelling* checker;
    bool running = true;

    bool prepare(const unload::event_type&) { return !running; }
    void commit(const unload::event_type&) noexcept {
        checker = nullptr;
        std::puts("  batch check: lets go");
    }
    void abort(const unload::event_type&) noexcept {}
};

template <class Function> Function* symbol(void* library, const char* name) {
    return reinterpret_cast<Function*>(dlsym(library, name));
}

} // namespace

int main(int argc, char** argv) {
    const char* const path = argc > 1 ? argv[1] : "./spelling.so";
    void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        std::fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    assent::dispatcher<saved> saves;
    assent::dispatcher<unload> unloads;
    const spelling* const checker = symbol<start_function>(library, "plugin_start")(saves);

    editor tab{checker};
    batch_check batch{checker};
    const auto a = unloads.on({.name = "editor"}, assent::borrow(tab));
    const auto b = unloads.on({.name = "batch check"}, assent::borrow(batch));

    saves.notify({"letter.txt"});
    std::printf("mistakes: %d\n", tab.checker->mistakes("teh end"));

    const auto try_to_unload = [&] {
        std::puts("unload?");
        // The action decides that it happens; the code itself goes only when nobody is left inside.
        const auto outcome = unloads.transact({"spelling"}, [] {});
        if (!outcome) {
            std::printf("  refused by %.*s\n", static_cast<int>(outcome.refuser().size()),
                        outcome.refuser().data());
            return;
        }
        symbol<stop_function>(library, "plugin_stop")();
        dlclose(library);
        library = nullptr;
    };
    try_to_unload();
    std::printf("mistakes: %d\n", tab.checker->mistakes("the end"));
    batch.running = false;
    try_to_unload();

    const bool gone = library == nullptr && dlopen(path, RTLD_NOW | RTLD_NOLOAD) == nullptr;
    std::printf("gone from memory: %s\n", gone ? "yes" : "no");
    saves.notify({"nobody.txt"}); // reaches nobody, and no code that is no longer there
    return gone ? 0 : 1;
}
