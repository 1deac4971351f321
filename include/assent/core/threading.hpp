// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_THREADING_HPP
#define ASSENT_CORE_THREADING_HPP

#include <assent/config.hpp>

namespace assent::inline ASSENT_ABI {

/// Who uses a dispatcher, and who pays for what unregistering has to know: whether the callback still runs.
enum class threading : unsigned char {
    /// Any threads. Those that unregister pay: they make the system interrupt the ones that notify. When that
    /// becomes frequent, notifications fence until it is over.
    adaptive,
    /// Any threads. Every notification fences once, and twice more where it looks up a key, so that unregistering
    /// interrupts nobody but for a notification that it meets on its way to the callback.
    symmetric,
    /// The one that made it, for everything: registering, notifying, unregistering, destroying. Nothing is locked or
    /// fenced. Debug builds end the program when another thread is found out.
    single,
};

} // namespace assent::inline ASSENT_ABI

#endif
