// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_UNREGISTER_RESULT_HPP
#define ASSENT_CORE_UNREGISTER_RESULT_HPP

#include <assent/config.hpp>

namespace assent::inline ASSENT_ABI {

/// What unregistering found. In every case the callback will not be called again.
enum class unregister_result : unsigned char {
    done,            ///< not running anywhere; the callable is destroyed
    empty,           ///< there was nothing to unregister
    inside_callback, ///< called from inside this very callback: destroyed when it returns
    still_running,   ///< unregister(no_wait) while another thread runs it: destroyed when that returns
    timed_out,       ///< unregister_until(): still running at that time; destroyed when it returns
    cycle_broken,    ///< waiting would have closed a cycle of waits; destroyed when the callback returns
};

/// Passed to unregister(): do not wait for an invocation on another thread.
struct no_wait_t {
    explicit no_wait_t() = default;
};
inline constexpr no_wait_t no_wait{};

} // namespace assent::inline ASSENT_ABI

#endif
