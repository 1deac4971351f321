// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_TESTS_PLUGINS_GUEST_HPP
#define ASSENT_TESTS_PLUGINS_GUEST_HPP

// What the test program and the plug-ins it loads share. Each has its own copy of the library's code.

#include <assent/dispatch/dispatcher.hpp>

namespace plugins {

struct event {
    int value = 0;
};

/// May be refused by any participant.
struct change {
    struct event_type {
        int value = 0;
    };
    using status_type = bool;
};

/// Code of one library that the other calls.
struct hook {
    void (*call)(void*) = nullptr;
    void* context = nullptr;
    void operator()() const {
        if (call != nullptr) call(context);
    }
};

/// Refers to `f`, which outlives the hook.
template <class F> hook hook_to(F& f) {
    return {[](void* context) { (*static_cast<F*>(context))(); }, &f};
}

/// What a participant of the guest was told.
struct told {
    int prepared = 0;
    int committed = 0;
    int aborted = 0;
};

/// Everything below runs in the guest's copy of the library.
struct guest_operations {
    /// Registers a callback of the guest that calls the hook.
    void (*listen)(assent::dispatcher<event>&, hook);
    assent::unregister_result (*leave)();
    assent::unregister_result (*leave_no_wait)();
    /// Unregisters somebody else's callback.
    assent::unregister_result (*drop)(assent::registration&);
    void (*notify)(assent::dispatcher<event>&, int);
    bool (*attach)(const assent::domain&);

    /// Registers a participant of the guest; the hook is called when it prepares, and its answer is `agrees`.
    void (*participate)(assent::dispatcher<change>&, hook, bool agrees, told&);
    assent::unregister_result (*withdraw)();
    assent::verdict (*transact)(assent::dispatcher<change>&, int, hook action);

    /// A dispatcher that the guest has made.
    assent::dispatcher<event>* (*open_own)(const assent::domain&);
    void (*close_own)();
};

extern "C" using guest_entry = guest_operations();

} // namespace plugins

#endif
