// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_PHASE_HPP
#define ASSENT_DISPATCH_PHASE_HPP

#include <assent/config.hpp>

namespace assent::inline ASSENT_ABI {

enum class phase : unsigned char { prepare, commit, abort };

enum class abort_cause : unsigned char {
    refused,       ///< a participant refused; its status is in the reason
    action_failed, ///< the change itself failed; its status is in the reason if it had one
    exception,     ///< a prepare or the action threw
    timed_out,     ///< the prepare phase ran out of its budget
    withdrawn,     ///< this participant is being unregistered
};

/// Why a change that was prepared does not happen.
template <class Status> struct abort_reason {
    abort_cause cause;
    const Status* status = nullptr; ///< the status that called it off; null when there is none
};

/// What a participant that is one callable receives before the event.
template <class Status> struct phase_notice {
    phase which;
    const abort_reason<Status>* reason = nullptr; ///< abort only
};

namespace detail {

/// What a participant's node is called with.
struct phase_call {
    phase which;
    const void* event;
    void* status;       ///< prepare: agrees; where an answer goes that does not
    const void* reason; ///< abort: the abort_reason
    /// Set where there is more to look at than that the participant agreed: it did not, or is absent, or its dispatcher
    /// was destroyed. All in one, because it is looked at after each of them.
    mutable bool remarkable = false;
    mutable bool absent = false; ///< set by the placeholder of a participant that has not started yet
};

} // namespace detail
} // namespace assent::inline ASSENT_ABI

#endif
