// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_POLICY_HPP
#define ASSENT_DISPATCH_POLICY_HPP

#include <assent/config.hpp>
#include <assent/core/threading.hpp>
#include <assent/dispatch/observer.hpp>

#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <type_traits>

namespace assent::inline ASSENT_ABI {

/// What a dispatcher does where users may want something else. Inherit and override one member:
///   struct lenient : assent::default_policy { static void cycle_in_destructor(…) noexcept {} };
struct default_policy {
    /// Sees what the dispatcher does; see observer and observed_by.
    using observer = no_observer;

    /// The destructor of a registration would have waited for ever: its callback runs on a thread that
    /// waits, directly or through others, for this one. When this returns, the destructor goes on without
    /// waiting and the callable is destroyed after its last invocation.
    /// @param destroyed  name of the registration being destroyed
    /// @param inside     name of the one whose callback this thread is in
    static void cycle_in_destructor(std::string_view destroyed, std::string_view inside) noexcept {
        std::fprintf(
            stderr,
            "assent: the destructor of registration '%.*s' would wait for ever: its callback waits for this "
            "thread, which is inside callback '%.*s'; call unregister() there and look at its result\n",
            static_cast<int>(destroyed.size()), destroyed.data(), static_cast<int>(inside.size()),
            inside.data());
        std::abort();
    }

    /// Registrations that there is room for at one time, in the dispatcher's own state; 0: room grows. With a
    /// number, nothing is allocated for slots after the dispatcher was made, whatever comes and goes; on() beyond
    /// it fails with std::bad_alloc, or returns an inactive registration where exceptions are disabled, and
    /// nothing has changed. For categories without keys; there is the priority 0 only, others fail alike.
    static constexpr unsigned capacity = 0;
    /// With a capacity: how many notifications may be inside callbacks at once, nested ones included, without
    /// on() failing because all the room is held by them.
    static constexpr unsigned concurrent_walks = 2;

    /// Who uses the dispatcher, and who pays for unregistering.
    static constexpr threading threads = threading::adaptive;
};

/// For a dispatcher that one thread makes and uses: its notifications cost a loop over function pointers, and a
/// registration no atomic operation. Categories in which events pass one after the other take their turns all the
/// same. Nested deeper than three, a notification allocates once; attach_thread() does that ahead.
struct single_threaded_policy : default_policy {
    static constexpr threading threads = threading::single;
};

/// For registrations that come and go all the time: see threading::symmetric.
struct symmetric_policy : default_policy {
    static constexpr threading threads = threading::symmetric;
};

namespace detail {
template <class P> constexpr unsigned capacity_of() noexcept {
    if constexpr (requires { P::capacity; }) {
        return P::capacity;
    } else {
        return 0;
    }
}
template <class P> constexpr unsigned concurrent_walks_of() noexcept {
    if constexpr (requires { P::concurrent_walks; }) {
        return P::concurrent_walks;
    } else {
        return default_policy::concurrent_walks;
    }
}
template <class P> constexpr threading threads_of() noexcept {
    if constexpr (requires { P::threads; }) {
        return P::threads;
    } else {
        return default_policy::threads;
    }
}
template <class P>
concept answers_cycle = requires(std::string_view name) {
    { P::cycle_in_destructor(name, name) }
    noexcept->std::same_as<void>;
};
template <class P>
concept names_observer = requires {
    typename P::observer;
};
/// What is there is read when the program is compiled.
template <class P>
concept sound_threads = !requires {
    P::threads;
}
|| requires {
    { P::threads } -> std::same_as<const threading&>;
    typename std::integral_constant<threading, P::threads>;
};
} // namespace detail

/// What a dispatcher's policy must have; default_policy has it all.
template <class P>
concept dispatcher_policy = detail::answers_cycle<P> && detail::names_observer<P> &&
    detail::sound_threads<P> && observer<typename P::observer>;

} // namespace assent::inline ASSENT_ABI

#endif
