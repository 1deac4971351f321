// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_FWD_HPP
#define ASSENT_FWD_HPP

/// @file
/// Names for headers that mention the library without using it.

#include <assent/version.hpp>

namespace assent::inline ASSENT_ABI {

class registration;
class domain;
struct registration_options;
struct transaction_rules;
struct transact_options;
template <class Status> class outcome;

} // namespace assent::inline ASSENT_ABI

#endif
