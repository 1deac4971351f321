// SPDX-License-Identifier: BSL-1.0
// A library with a copy of its own of the code; see unload_test.cpp.
#if defined(_WIN32)
#include <windows.h> // before the library's own declarations of the system
#endif

#include <assent/dispatch/dispatcher.hpp>

#if defined(_WIN32)
#define EXPORTED extern "C" __declspec(dllexport)
#else
#define EXPORTED extern "C" [[gnu::visibility("default")]]
#endif

namespace {
struct event {};
} // namespace

EXPORTED int notifies(int times);
EXPORTED int records();

/// Registers, notifies so often, unregisters; returns how often the callback was called.
int notifies(int times) {
    int calls = 0;
    assent::dispatcher<event> d;
    const auto r = d.on([&](const event&) { ++calls; });
    for (int i = 0; i < times; ++i) d.notify({});
    return calls;
}

/// How many threads at once have used this copy.
int records() {
    int count = 0;
    for (auto* r = assent::domain::by_default().core().records.load(); r != nullptr; r = r->next) ++count;
    return count;
}
