// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DECISION_HPP
#define ASSENT_WINDOWS_DECISION_HPP

#include <assent/config.hpp>
#include <assent/dispatch/outcome.hpp>
#include <assent/windows/ddk/assent_ddk/status.h>

#include <string>

namespace assent::windows {

/// What became of a removal, or of a change of the hardware profile.
struct decision {
    NTSTATUS status; ///< a success, the first veto's status, or that of the failed change
    std::string by;  ///< who refused first: the driver's name; empty otherwise
};

/// What a transaction over drivers says to the host.
inline decision to_decision(const outcome<NTSTATUS>& o) {
    if (o.result() == verdict::would_deadlock) return {STATUS_POSSIBLE_DEADLOCK, {}};
    if (o) return {STATUS_SUCCESS, {}};
    return {o.status().value_or(STATUS_UNSUCCESSFUL), std::string(o.refuser())};
}

} // namespace assent::windows

#endif
