// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/aa_alarm.hpp"

#include <boost/math/distributions/binomial.hpp>

namespace klab {

double aa_p(const AaStanding& standing) {
  if (standing.runs <= 0 || standing.alarms <= 0) return 1.0;
  const boost::math::binomial_distribution<double> expected(static_cast<double>(standing.runs), aa_alarm_rate);
  return boost::math::cdf(boost::math::complement(expected, static_cast<double>(standing.alarms - 1)));
}

bool aa_alarming(const AaStanding& standing) {
  return standing.runs >= aa_runs_before_alarm && aa_p(standing) <= aa_alarm_p;
}

}  // namespace klab
