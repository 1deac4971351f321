// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_ASYNC_SHUTDOWN_HPP
#define ASSENT_ASYNC_SHUTDOWN_HPP

#include <assent/config.hpp>

namespace assent::inline ASSENT_ABI {

/// What becomes of the tasks an executor has accepted when it closes. None is dropped without a word.
enum class shutdown : unsigned char {
    deliver, ///< they are run
    discard, ///< those not begun are told that they are discarded
};

/// What became of waiting for an executor.
enum class drain_result : unsigned char {
    done,
    would_deadlock, ///< waiting would have closed a cycle of waits; nothing was waited for
    unsupported,    ///< this executor cannot be waited for
};

} // namespace assent::inline ASSENT_ABI

#endif
